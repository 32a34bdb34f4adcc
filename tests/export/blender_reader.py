"""Run by a Python that has Blender (bpy 5.0): what its compositor makes of our EXR files.

python blender_reader.py FOLDER OUT NAME...    writes OUT/matte_NAME.exr, OUT/layer_NAME.exr
"""

import sys

import bpy

folder, out, *names = sys.argv[1:]
scene = bpy.context.scene
scene.render.engine = 'CYCLES'
scene.cycles.samples = 1
scene.view_settings.view_transform = 'Raw'
scene.render.image_settings.file_format = 'OPEN_EXR'
scene.render.image_settings.color_depth = '32'
scene.render.image_settings.color_mode = 'RGBA'
for item in list(bpy.data.objects):
    if item.type == 'MESH':
        bpy.data.objects.remove(item)
tree = bpy.data.node_groups.new('tree', 'CompositorNodeTree')
scene.compositing_node_group = tree
tree.interface.new_socket('Image', in_out='OUTPUT', socket_type='NodeSocketColor')
result = tree.nodes.new('NodeGroupOutput')
layers = tree.nodes.new('CompositorNodeImage')
layers.image = bpy.data.images.load(f'{folder}/layers.exr')
keyer = tree.nodes.new('CompositorNodeCryptomatteV2')
keyer.source = 'IMAGE'
keyer.image = bpy.data.images.load(f'{folder}/cryptomatte.exr')
scene.render.resolution_x, scene.render.resolution_y = 90, 60


def render(socket: object, name: str) -> None:
    tree.links.clear()
    tree.links.new(socket, result.inputs[0])
    scene.render.filepath = f'{out}/{name}'
    bpy.ops.render.render(write_still=True)


sockets = {socket.name: socket for socket in layers.outputs}
render(sockets['Combined'], 'photo')
for name in names:
    keyer.matte_id = name
    render(keyer.outputs['Matte'], f'matte_{name}')
    render(sockets[name], f'layer_{name}')
