NNC.main()
