"""The page table."""

from pathlib import Path

import streamlit as st

from app.parts import errors, links, project_choice
from app.views import classes, export, imports, jobs, prelabel, projects, review

PARTS = Path(__file__).with_name("parts")
TABLE = {
    "": [("projects", "Projects", ":material/folder_open:", projects.render)],
    "Project": [
        ("import", "Import", ":material/upload:", imports.render),
        ("classes", "Classes & prompts", ":material/sell:", classes.render),
        ("prelabel", "Pre-label", ":material/auto_awesome:", prelabel.render),
        ("review", "Review", ":material/check_box:", review.render),
        ("export", "Export", ":material/download:", export.render),
    ],
    "System": [("jobs", "Jobs", ":material/schedule:", jobs.render)],
}

# Set before the navigation: it would make browsers fetch the page's icon from a server of Google's.
st.set_page_config(page_icon=str(PARTS / "icon.svg"), layout="wide")
pages = {
    address: st.Page(
        errors.guarded(render),
        title=title,
        icon=icon,
        url_path=address,
        default=address == "projects",
    )
    for section in TABLE.values()
    for address, title, icon, render in section
}
links.remember(pages)
page = st.navigation(
    {section: [pages[address] for address, *_ in rows] for section, rows in TABLE.items()}
)
st.set_page_config(page_title=f"{page.title} – Prelabel")
st.html(PARTS / "page.css")
st.logo(PARTS / "logo.svg", size="large")
errors.guarded(project_choice.draw)()
page.run()
