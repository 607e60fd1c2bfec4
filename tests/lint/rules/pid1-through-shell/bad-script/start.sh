#!/bin/sh
set -e
echo starting
app serve
