"""Photo in, mattes out: for people who import this package.

from sosmatting import Matter

matter = Matter()
mattes = matter('photo.jpg')
mattes.save('mattes/photo')
"""

from sosmatting.apis.device import choose_device
from sosmatting.apis.matter import Matter
from sosmatting.apis.photo_input import PhotoInput
from sosmatting.apis.result import PhotoMattes

__all__ = ['Matter', 'PhotoInput', 'PhotoMattes', 'choose_device']
