import Driver

Interrupt.ignoreBrokenWrites()
NNC.main()
