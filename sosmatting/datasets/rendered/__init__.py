"""Cut-outs with exact alphas, drawn from textured 3D models that others have made."""
