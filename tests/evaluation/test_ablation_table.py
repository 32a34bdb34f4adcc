"""Seeds of one experiment in one row, and what holds with every one of them."""

from sosmatting.evaluation.ablation_table import markdown_rows, run_name


def rows_of(config, differs, steps=4, **scores):
    """Rows of one experiment, one for each seed that has a value."""
    count = len(next(iter(scores.values())))
    return {
        run_name(config, steps, seed): {'differs': differs, 'steps': steps, 'seed': seed}
        | {name: values[seed] for name, values in scores.items() if values[seed] is not None}
        for seed in range(count)
    }


def cells(table):
    """Cells of every line, by the first."""
    lines = [line.strip('| ').split(' | ') for line in table.splitlines()]
    return {line[0]: line[1:] for line in lines}


def test_mean_and_range_over_seeds_and_what_all_agree_on():
    rows = rows_of('other', 'x=1', RQ=[4, 6, 5], MQ=[1, 9, 2], of=[142, 142, 142])
    rows |= rows_of('base', '-', RQ=[3, 5.5, 1], MQ=[2, 8, 1], of=[142, 142, 142])
    found = cells(markdown_rows(rows))
    assert list(found) == ['config', '---', 'base', 'other']  # what all are compared with leads
    assert found['config'] == ['differs', 'steps', 'seeds', 'RQ', 'MQ', 'of']
    assert found['base'] == ['-', '4', '0 1 2', '3.17 (1..5.5)', '3.67 (1..8)', '142']
    # RQ is above the base's of the same seed with all three, if not of every other; MQ is not.
    assert found['other'] == ['x=1', '4', '0 1 2', '**5 (4..6)**', '4 (1..9)', '142']


def test_one_seed_proves_nothing_and_equal_is_not_above():
    rows = rows_of('base', '-', RQ=[3]) | rows_of('other', 'x=1', RQ=[9])
    assert cells(markdown_rows(rows))['other'][-1] == '9'
    rows = rows_of('base', '-', RQ=[3, 3]) | rows_of('other', 'x=1', RQ=[9, 3])
    assert cells(markdown_rows(rows))['other'][-1] == '6 (3..9)'


def test_other_budgets_are_other_rows_and_what_is_missing_is_a_dash():
    rows = rows_of('base', '-', RQ=[3, 4], AP50=[7, None])
    rows |= rows_of('other', 'x=1', steps=8, RQ=[5, 6])
    found = cells(markdown_rows(rows))
    assert found['base'] == ['-', '4', '0 1', '3.5 (3..4)', '7']
    # No base of 8 steps was run: nothing to be above of.
    assert found['other'] == ['x=1', '8', '0 1', '5.5 (5..6)', '-']
