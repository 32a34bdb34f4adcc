"""A config's schedule on a smaller or larger budget."""

from mmengine.config import Config


def shortened(config: Config, steps: int) -> list[str]:
    """Bring the whole schedule of a config to another number of steps, without validation.

    Warm-up and decay keep their shares of it.

    Args:
        config: With ``train_cfg.max_iters``.
        steps: Number of training steps, at least 2.

    Returns:
        Overrides, ``KEY=VALUE``.
    """
    share = steps / config.train_cfg.max_iters
    options = [f'train_cfg.max_iters={steps}', 'val_cfg=None', 'val_dataloader=None']
    options += ['val_evaluator=None', f'train_cfg.val_interval={steps + 1}']
    for place, each in enumerate(config.param_scheduler):
        begin = max(1, round(each.begin * share)) if each.begin else 0
        end = max(begin + 1, round(each.end * share))
        options += [f'param_scheduler.{place}.begin={begin}', f'param_scheduler.{place}.end={end}']
    return options
