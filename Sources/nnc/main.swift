import Driver

preferFasterBLASKernels()
NNC.main()
