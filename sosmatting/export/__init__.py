"""Mattes into files: one file per format; reads results, never models."""

from sosmatting.export.folder import save
from sosmatting.export.formats import FORMATS, Format, check_request
from sosmatting.export.options import SaveOptions
from sosmatting.export.reading import load

__all__ = ['FORMATS', 'Format', 'SaveOptions', 'check_request', 'load', 'save']
