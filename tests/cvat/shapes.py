"""The JSON of a CVAT 2.73 server, key by key; ``test_recordings`` holds it against recordings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

Json = dict[str, Any]


def about(version: str, url: str) -> Json:
    return {
        "name": "Computer Vision Annotation Tool",
        "description": "A server for tests.",
        "version": version,
        "logo_url": f"{url}/static/logo.svg",
        "subtitle": "Open Data Annotation Platform",
    }


def user(url: str, user_id: int, name: str) -> Json:
    where = f"{url}/api/users/{user_id}"
    return {"url": where, "id": user_id, "username": name, "first_name": "", "last_name": ""}


def whoami(url: str) -> Json:
    return user(url, 1, "admin1") | {
        "email": "admin1@example.test",
        "groups": ["admin"],
        "is_staff": True,
        "is_superuser": True,
        "is_active": True,
        "last_login": "2026-01-01T00:00:00Z",
        "date_joined": "2026-01-01T00:00:00Z",
        "has_analytics_access": True,
    }


def project(url: str, project_id: int, body: Json, now: str) -> Json:
    return {
        "url": f"{url}/api/projects/{project_id}",
        "id": project_id,
        "name": body["name"],
        "owner": user(url, 1, "admin1"),
        "assignee": None,
        "guide_id": None,
        "bug_tracker": body.get("bug_tracker", ""),
        "created_date": now,
        "updated_date": now,
        "status": "annotation",
        "dimension": None,
        "organization": None,
        "organization_id": None,
        "target_storage": None,
        "source_storage": None,
        "tasks": {"count": 0, "url": f"{url}/api/tasks?project_id={project_id}"},
        "labels": {"url": f"{url}/api/labels?project_id={project_id}"},
        "assignee_updated_date": None,
        "task_subsets": [],
    }


def label(label_id: int, project_id: int, body: Json, ids: Iterator[int]) -> Json:
    attributes = [
        {
            "id": next(ids),
            "name": given["name"],
            "mutable": given["mutable"],
            "input_type": given["input_type"],
            "default_value": given.get("default_value", ""),
            "values": given["values"] or [""],
        }
        for given in body.get("attributes", ())
    ]
    return {
        "id": label_id,
        "name": body["name"].strip(),
        "color": "#f59140",
        "attributes": attributes,
        "type": body.get("type", "any"),
        "sublabels": [],
        "project_id": project_id,
        "parent_id": None,
        "has_parent": False,
    }


def empty_task(url: str, task_id: int, body: Json, of: Json, now: str) -> Json:
    return {
        "url": f"{url}/api/tasks/{task_id}",
        "id": task_id,
        "name": body["name"],
        "project_id": of["id"],
        "project_name": of["name"],
        "owner": user(url, 1, "admin1"),
        "assignee": None,
        "bug_tracker": body.get("bug_tracker", ""),
        "created_date": now,
        "updated_date": now,
        "overlap": None,
        "segment_size": 0,
        "status": "annotation",
        "guide_id": None,
        "data": None,
        "dimension": "",
        "mode": "",
        "media_type": "",
        "subset": "",
        "organization_id": None,
        "organization": None,
        "target_storage": None,
        "source_storage": None,
        "jobs": _jobs(url, task_id, 0),
        "labels": {"url": f"{url}/api/labels?task_id={task_id}"},
        "assignee_updated_date": None,
        "validation_mode": None,
        "consensus_enabled": False,
    }


def filled(url: str, task_id: int, size: int, now: str) -> Json:
    """What a task has more, once there are pictures."""
    return {
        "updated_date": now,
        "overlap": 0,
        "segment_size": size,
        "data_chunk_size": 72,
        "data_original_chunk_type": "imageset",
        "data_compressed_chunk_type": "imageset",
        "data_cloud_storage_id": None,
        "size": size,
        "image_quality": 70,
        "data": task_id,
        "dimension": "2d",
        "mode": "annotation",
        "media_type": "image",
        "jobs": _jobs(url, task_id, 1),
    }


def _jobs(url: str, task_id: int, count: int) -> Json:
    where = f"{url}/api/jobs?task_id={task_id}"
    return {"count": count, "completed": 0, "validation": 0, "url": where}


def job(url: str, job_id: int, task: Json, size: int, now: str) -> Json:
    return {
        "url": f"{url}/api/jobs/{job_id}",
        "id": job_id,
        "task_id": task["id"],
        "task_name": task["name"],
        "project_id": task["project_id"],
        "project_name": task["project_name"],
        "assignee": None,
        "guide_id": None,
        "dimension": "2d",
        "mode": "annotation",
        "media_type": "image",
        "bug_tracker": "",
        "status": "annotation",
        "stage": "annotation",
        "state": "new",
        "frame_count": size,
        "start_frame": 0,
        "stop_frame": size - 1,
        "data_chunk_size": 72,
        "data_compressed_chunk_type": "imageset",
        "data_original_chunk_type": "imageset",
        "created_date": now,
        "updated_date": now,
        "issues": {"url": f"{url}/api/issues?job_id={job_id}", "count": 0},
        "labels": {"url": f"{url}/api/labels?job_id={job_id}"},
        "type": "annotation",
        "organization": None,
        "target_storage": None,
        "source_storage": None,
        "assignee_updated_date": None,
        "parent_job_id": None,
        "replicas_count": 0,
        "consensus_replicas": 0,
    }


def request(key: str, task: Json, now: str) -> Json:
    return {
        "status": "started",
        "message": "",
        "id": key,
        "operation": {
            "type": "create:task",
            "target": "task",
            "project_id": task["project_id"],
            "task_id": task["id"],
            "job_id": None,
            "org_id": None,
            "format": None,
            "lightweight": None,
        },
        "progress": 0.0,
        "created_date": now,
        "started_date": now,
        "finished_date": None,
        "expiry_date": None,
        "owner": {"id": 1, "username": "admin1"},
        "result_url": None,
        "result_id": None,
    }


def public(row: Json) -> Json:
    """A request without what the test server keeps about it."""
    return {key: row[key] for key in row if key not in ("polls", "frames", "error")}


def frame(name: str, size: tuple[int, int]) -> Json:
    width, height = size
    return {
        "width": width,
        "height": height,
        "name": name,
        "related_files": 0,
        "has_related_context": False,
    }


def meta(frames: list[Json], deleted: list[int], now: str) -> Json:
    return {
        "chapters": None,
        "chunks_updated_date": now,
        "chunk_size": 72,
        "size": len(frames),
        "image_quality": 70,
        "start_frame": 0,
        "stop_frame": len(frames) - 1,
        "frame_filter": "",
        "frames": frames,
        "deleted_frames": deleted,
        "included_frames": None,
        "storage": "local",
        "cloud_storage_id": None,
    }


def tag(tag_id: int, body: Json) -> Json:
    return {
        "id": tag_id,
        "label_id": body["label_id"],
        "group": body.get("group", 0),
        "source": body.get("source", "manual"),
        "frame": body["frame"],
        "attributes": list(body.get("attributes", ())),
    }


def with_defaults(row: Json, of: Json) -> Json:
    """A tag as it is read back: attributes that were not given have their default."""
    given = {a["spec_id"]: a["value"] for a in row["attributes"]}
    full = [
        {"spec_id": a["id"], "value": given.get(a["id"], a["default_value"])}
        for a in of["attributes"]
    ]
    return row | {"attributes": full}


def annotations(tags: Iterable[Json]) -> Json:
    return {"version": 0, "tags": list(tags), "shapes": [], "tracks": [], "intervals": []}


def issue(url: str, issue_id: int, body: Json, now: str) -> Json:
    return {
        "id": issue_id,
        "frame": body["frame"],
        "position": body["position"],
        "job": body["job"],
        "owner": user(url, 1, "admin1"),
        "assignee": None,
        "created_date": now,
        "updated_date": now,
        "resolved": False,
        "comments": {"count": 1, "url": f"{url}/api/comments?issue_id={issue_id}"},
    }


def comment(url: str, comment_id: int, body: Json, now: str) -> Json:
    return {
        "id": comment_id,
        "issue": body["issue"],
        "owner": user(url, 1, "admin1"),
        "message": body["message"],
        "created_date": now,
        "updated_date": now,
    }
