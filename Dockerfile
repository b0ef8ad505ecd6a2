# One image for migrate, web, worker and beat; docker-compose.yml says which of them a container is.
ARG PYTHON=python:3.13-slim-bookworm

FROM ${PYTHON} AS build
# The version that the Makefile pins; tests/house/test_compose.py compares the two.
ARG UV_VERSION=0.13.9
RUN pip install --no-cache-dir --disable-pip-version-check uv==${UV_VERSION}
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1 UV_PROJECT_ENVIRONMENT=/app/.venv
# The dependencies come first: they change less often than the code, and their layer is kept. The extra `embedded` stays
# out, because the servers are containers of their own here.
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-python-downloads --python /usr/local/bin/python
COPY manage.py LICENSE ./
COPY sources sources
COPY claims claims
COPY workbench workbench
RUN STATICFILES_HASHED=1 STATIC_ROOT=/app/staticfiles .venv/bin/python manage.py collectstatic --noinput --verbosity 1 \
    && .venv/bin/python -m compileall -q manage.py sources claims workbench

FROM ${PYTHON}
RUN useradd --system --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin workbench
WORKDIR /app
COPY --from=build /app /app
# Nothing is written below /app at run time; the code belongs to root and the process does not.
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    STATICFILES_HASHED=1 \
    STATIC_ROOT=/app/staticfiles
USER 10001:10001
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--no-ws", \
     "--blocking-threads", "8", "--respawn-failed-workers", "--workers-kill-timeout", "5", "workbench.wsgi:application"]
