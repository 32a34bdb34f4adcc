"""Mattes into files: one file per format; reads results, never models."""

from sosmatting.export.folder import save

__all__ = ['save']
