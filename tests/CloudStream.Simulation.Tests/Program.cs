using CloudStream.Simulation.Tests;
using Xunit.Runner.InProc.SystemConsole;

// Any number of seeds (tests/simulate), or the tests.
return args is ["simulate", .. var rest] ? SeedRun.RunAll(rest, Console.Out) : await ConsoleRunner.Run(args);
