"""The tree of organisations: practice centre, sub-centre, station, team, to any depth.

Law: an organisation's ``path`` names all its ancestors, so that "it and everything below" is one condition.
"""
