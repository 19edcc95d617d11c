"""Notes as Markdown files in a bucket."""

import os
from contextlib import asynccontextmanager

import boto3
from botocore.config import Config
from fastapi import FastAPI, HTTPException, Request, Response

bucket = os.environ["BUCKET"]
state = {}


@asynccontextmanager
async def lifespan(_: FastAPI):
    state["s3"] = boto3.client("s3", config=Config(s3={"addressing_style": "path"}, max_pool_connections=50))
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/healthz")
def healthz():
    return {"status": "ok"}


@app.get("/notes/{name}")
def read(name: str):
    s3 = state["s3"]
    try:
        note = s3.get_object(Bucket=bucket, Key=f"{name}.md")
    except s3.exceptions.NoSuchKey:
        raise HTTPException(404, "no such note") from None
    return Response(note["Body"].read(), media_type="text/markdown")


@app.put("/notes/{name}", status_code=204)
async def write(name: str, request: Request):
    body = await request.body()
    state["s3"].put_object(Bucket=bucket, Key=f"{name}.md", Body=body, ContentType="text/markdown")


@app.get("/notes")
def names():
    listed = state["s3"].list_objects_v2(Bucket=bucket, MaxKeys=20)
    return [it["Key"].removesuffix(".md") for it in listed.get("Contents", [])]
