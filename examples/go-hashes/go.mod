module example.org/hashes

go 1.23
