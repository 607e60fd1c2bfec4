#!/bin/sh
apt-get -y autoremove
rm -rf /var/lib/apt/lists/*
