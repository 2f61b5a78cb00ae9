"""Cheats that are planted in the simulated town, one file for each scenario, in an explicit registry."""

from timebank.simulation.plants.f01 import PLANT as F01
from timebank.simulation.plants.f02 import PLANT as F02
from timebank.simulation.plants.f03 import PLANT as F03
from timebank.simulation.plants.f04 import PLANT as F04
from timebank.simulation.plants.f05 import PLANT as F05
from timebank.simulation.plants.f06 import PLANT as F06
from timebank.simulation.plants.f07 import PLANT as F07
from timebank.simulation.plants.f08 import PLANT as F08
from timebank.simulation.plants.f09 import PLANT as F09
from timebank.simulation.plants.f10 import PLANT as F10
from timebank.simulation.plants.f11 import PLANT as F11
from timebank.simulation.plants.f12 import PLANT as F12
from timebank.simulation.plants.f13 import PLANT as F13
from timebank.simulation.plants.f14 import PLANT as F14
from timebank.simulation.plants.f15 import PLANT as F15
from timebank.simulation.plants.f16 import PLANT as F16
from timebank.simulation.plants.f17 import PLANT as F17
from timebank.simulation.plants.f18 import PLANT as F18
from timebank.simulation.plants.f19 import PLANT as F19
from timebank.simulation.plants.f20 import PLANT as F20
from timebank.simulation.plants.f21 import PLANT as F21
from timebank.simulation.plants.f22 import PLANT as F22
from timebank.simulation.plants.f23 import PLANT as F23
from timebank.simulation.plants.f24 import PLANT as F24
from timebank.simulation.plants.f25 import PLANT as F25
from timebank.simulation.plants.f26 import PLANT as F26
from timebank.simulation.plants.f27 import PLANT as F27
from timebank.simulation.plants.f28 import PLANT as F28
from timebank.simulation.plants.plant import Plant

__all__ = ["PLANTS", "Plant"]

PLANTS: tuple[Plant, ...] = (
    F01,
    F02,
    F03,
    F04,
    F05,
    F06,
    F07,
    F08,
    F09,
    F10,
    F11,
    F12,
    F13,
    F14,
    F15,
    F16,
    F17,
    F18,
    F19,
    F20,
    F21,
    F22,
    F23,
    F24,
    F25,
    F26,
    F27,
    F28,
)
