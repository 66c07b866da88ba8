"""The page table: every page with the role that it needs in the project in the address."""

from pathlib import Path

import streamlit as st

from app.parts import errors, gate, links, person, project_choice
from app.views import (
    accept,
    classes,
    cvat,
    decisions,
    evaluate,
    export,
    find,
    imports,
    item,
    jobs,
    people,
    pictures,
    prelabel,
    projects,
    quality,
    review,
    second_look,
    snapshots,
    team,
)
from labeling.roles import Role

PARTS = Path(__file__).with_name("parts")
TABLE = {
    "": [("projects", "Projects", ":material/folder_open:", projects.render, Role.GUEST)],
    "Project": [
        ("import", "Import", ":material/upload:", imports.render, Role.LEAD),
        ("pictures", "Pictures", ":material/photo_library:", pictures.render, Role.GUEST),
        ("find", "Find", ":material/search:", find.render, Role.LEAD),
        ("classes", "Classes & prompts", ":material/sell:", classes.render, Role.LEAD),
        ("prelabel", "Pre-label", ":material/auto_awesome:", prelabel.render, Role.LEAD),
        ("review", "Review", ":material/check_box:", review.render, Role.ANNOTATOR),
        ("decisions", "My decisions", ":material/history:", decisions.render, Role.ANNOTATOR),
        ("second-look", "Second look", ":material/flag:", second_look.render, Role.REVIEWER),
        ("item", "Item", ":material/image:", item.render, Role.REVIEWER),
        ("quality", "Quality", ":material/monitoring:", quality.render, Role.LEAD),
        ("evaluate", "Evaluate", ":material/grading:", evaluate.render, Role.REVIEWER),
        ("accept", "Accept", ":material/verified:", accept.render, Role.LEAD),
        ("team", "Team", ":material/groups:", team.render, Role.LEAD),
        ("snapshots", "Snapshots", ":material/inventory_2:", snapshots.render, Role.LEAD),
        ("export", "Export", ":material/download:", export.render, Role.LEAD),
        ("cvat", "CVAT", ":material/sync_alt:", cvat.render, Role.LEAD),
    ],
    "System": [
        ("people", "People", ":material/group:", people.render, Role.ADMIN),
        ("jobs", "Jobs", ":material/schedule:", jobs.render, Role.ADMIN),
    ],
}
# Pages that others link to; without an address of theirs they have nothing to show. (Streamlit
# writes a string that stands alone in this file on every page, so this is no docstring.)
UNLISTED = {"item"}

# Set before the navigation: it would make browsers fetch the page's icon from a server of Google's.
st.set_page_config(page_icon=str(PARTS / "icon.svg"), layout="wide")
project_choice.keep()
role = gate.role()
pages = {
    address: st.Page(
        gate.guarded(title, render, needs),
        title=title,
        icon=icon,
        url_path=address,
        default=address == "projects",
        visibility="hidden" if address in UNLISTED else gate.visibility(role, needs),
    )
    for section in TABLE.values()
    for address, title, icon, render, needs in section
}
links.remember(pages)
page = st.navigation(
    {section: [pages[address] for address, *_ in rows] for section, rows in TABLE.items()},
    expanded=True,
)
st.set_page_config(page_title=f"{page.title} – Prelabel")
st.html(PARTS / "page.css")
st.html(PARTS / "narrow.css")
st.logo(PARTS / "logo.svg", size="large")
errors.guarded(project_choice.draw)()
errors.guarded(person.draw)()
page.run()
