#!/bin/sh
exec make -C "$SRC_PATH" "$@"
