"""``sosmatting predict``: many photos in, a folder of files for each of them out."""
