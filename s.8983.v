build/tmp/soak.sh: 8: ../release/wscheck: not found
