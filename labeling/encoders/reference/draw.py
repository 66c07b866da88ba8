"""Draws the reference pictures of the self-test: ``python -m labeling.encoders.reference.draw``.

Simple, unambiguous and our own; ``captions.csv`` beside them says what each one shows.
"""

import math
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SIDE = 224
COLOURS = {
    "red": (220, 30, 30),
    "blue": (30, 70, 220),
    "green": (30, 160, 60),
    "yellow": (245, 210, 30),
    "orange": (245, 130, 20),
    "black": (15, 15, 15),
    "brown": (120, 75, 40),
    "sky": (150, 205, 250),
}
Pen = ImageDraw.ImageDraw


def _star(cx: float, cy: float, radius: float) -> list[tuple[float, float]]:
    radii = [radius, radius * 0.4] * 5
    turns = [math.pi * (i / 5 - 0.5) for i in range(10)]
    return [(cx + r * math.cos(t), cy + r * math.sin(t)) for r, t in zip(radii, turns, strict=True)]


def _digit(strokes: list[tuple[int, int]]) -> Callable[[Pen], None]:
    def draw(pen: Pen) -> None:
        pen.rectangle((0, 0, SIDE, SIDE), fill="black")
        pen.line(strokes, fill="white", width=20, joint="curve")
        for x, y in strokes:
            pen.ellipse((x - 10, y - 10, x + 10, y + 10), fill="white")

    return draw


def _circle_points(
    cx: int, cy: int, rx: int, ry: int, start: int, end: int
) -> list[tuple[int, int]]:
    step = 10 if end > start else -10
    angles = [math.radians(a) for a in range(start, end + step, step)]
    return [(round(cx + rx * math.cos(a)), round(cy + ry * math.sin(a))) for a in angles]


def _smiley(pen: Pen) -> None:
    pen.ellipse((27, 27, 197, 197), fill=COLOURS["yellow"], outline="black", width=5)
    pen.ellipse((75, 80, 95, 110), fill="black")
    pen.ellipse((129, 80, 149, 110), fill="black")
    pen.arc((70, 90, 154, 165), 20, 160, fill="black", width=8)


def _stop(pen: Pen) -> None:
    octagon = [
        (112 + 100 * math.cos(math.pi / 8 + i * math.pi / 4),
         112 + 100 * math.sin(math.pi / 8 + i * math.pi / 4))
        for i in range(8)
    ]  # fmt: skip
    pen.polygon(octagon, fill=COLOURS["red"], outline="white", width=6)
    pen.text((112, 112), "STOP", fill="white", font=ImageFont.load_default(66), anchor="mm")


def _hello(pen: Pen) -> None:
    pen.text((112, 112), "HELLO", fill="black", font=ImageFont.load_default(64), anchor="mm")


def _chessboard(pen: Pen) -> None:
    for x in range(8):
        for y in range(8):
            if (x + y) % 2:
                pen.rectangle((x * 28, y * 28, x * 28 + 27, y * 28 + 27), fill="black")


def _house(pen: Pen) -> None:
    pen.rectangle((0, 0, SIDE, 170), fill=COLOURS["sky"])
    pen.rectangle((0, 170, SIDE, SIDE), fill=COLOURS["green"])
    pen.rectangle((57, 100, 167, 185), fill=(240, 225, 190), outline="black", width=3)
    pen.polygon([(42, 100), (112, 40), (182, 100)], fill=COLOURS["red"], outline="black", width=3)
    pen.rectangle((97, 135, 127, 185), fill=COLOURS["brown"])
    for x in (67, 137):
        pen.rectangle((x, 115, x + 20, 135), fill=COLOURS["sky"], outline="black", width=2)


def _tree(pen: Pen) -> None:
    pen.rectangle((0, 0, SIDE, 180), fill=COLOURS["sky"])
    pen.rectangle((0, 180, SIDE, SIDE), fill=(150, 200, 110))
    pen.rectangle((100, 120, 124, 195), fill=COLOURS["brown"])
    for box in ((52, 55, 122, 125), (102, 55, 172, 125), (72, 20, 152, 100)):
        pen.ellipse(box, fill=COLOURS["green"])


def _rainbow(pen: Pen) -> None:
    pen.rectangle((0, 0, SIDE, SIDE), fill=COLOURS["sky"])
    bands = [(220, 30, 30), (245, 130, 20), (245, 220, 30), (30, 160, 60), (30, 70, 220)]
    for i, band in enumerate([*bands, (120, 40, 170)]):
        pen.arc((12 + 13 * i, 60 + 13 * i, 212 - 13 * i, 260 - 13 * i), 180, 360, band, width=13)


def _clock(pen: Pen) -> None:
    pen.ellipse((22, 22, 202, 202), fill="white", outline="black", width=8)
    for hour in range(12):
        a = hour * math.pi / 6
        ends = [(112 + r * math.cos(a), 112 + r * math.sin(a)) for r in (72, 82)]
        pen.line(ends, fill="black", width=5)
    pen.line([(112, 112), (112, 50)], fill="black", width=6)
    pen.line([(112, 112), (155, 130)], fill="black", width=8)


def _traffic_light(pen: Pen) -> None:
    pen.rounded_rectangle((72, 14, 152, 210), 16, fill=(50, 50, 50))
    for y, colour in ((24, "red"), (84, "yellow"), (144, "green")):
        pen.ellipse((86, y, 138, y + 52), fill=COLOURS[colour])


PICTURES: dict[str, Callable[[Pen], None]] = {
    "red-circle": lambda pen: pen.ellipse((42, 42, 182, 182), fill=COLOURS["red"]),
    "blue-square": lambda pen: pen.rectangle((47, 47, 177, 177), fill=COLOURS["blue"]),
    "green-triangle": lambda pen: pen.polygon(
        [(112, 35), (187, 175), (37, 175)], fill=COLOURS["green"]
    ),
    "yellow-star": lambda pen: pen.polygon(_star(112, 118, 95), fill=COLOURS["yellow"]),
    "orange-square": lambda pen: pen.rectangle((47, 47, 177, 177), fill=COLOURS["orange"]),
    "black-circle": lambda pen: pen.ellipse((42, 42, 182, 182), fill=COLOURS["black"]),
    "blue-triangle": lambda pen: pen.polygon(
        [(112, 35), (187, 175), (37, 175)], fill=COLOURS["blue"]
    ),
    "green-star": lambda pen: pen.polygon(_star(112, 118, 95), fill=COLOURS["green"]),
    "digit-0": _digit(_circle_points(112, 112, 42, 65, 0, 360)),
    "digit-1": _digit([(122, 45), (106, 180)]),
    "digit-4": _digit([(92, 48), (70, 122), (150, 118), (146, 60), (142, 180)]),
    "digit-7": _digit([(68, 58), (152, 58), (105, 178)]),
    "smiley": _smiley,
    "stop-sign": _stop,
    "hello": _hello,
    "chessboard": _chessboard,
    "house": _house,
    "tree": _tree,
    "rainbow": _rainbow,
    "clock": _clock,
    "traffic-light": _traffic_light,
}


def main() -> None:
    """Write every picture beside this file."""
    for name, draw in PICTURES.items():
        picture = Image.new("RGB", (SIDE, SIDE), "white")
        draw(ImageDraw.Draw(picture))
        picture.save(Path(__file__).parent / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
