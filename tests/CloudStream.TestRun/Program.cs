using CloudStream.TestRun;

// usage: CloudStream.TestRun REPOSITORY CONFIGURATION [NAME-PART ...]    NAME-PART: run only the projects whose name contains one of them
string repository = args[0];
string configuration = args[1];
string[] wanted = args[2..];
var total = new TestTotals(0, 0, 0);
foreach (TestProject project in TestProject.Discover(repository, configuration))
{
    if (wanted.Length > 0 && !wanted.Any(w => project.Name.Contains(w, StringComparison.OrdinalIgnoreCase)))
        continue;
    total += await project.RunAsync();
}

Console.WriteLine();
Console.WriteLine($"{total.Passed} passed, {total.Failed} failed, {total.Skipped} skipped");
return total is { Failed: 0, Passed: > 0 } ? 0 : 1;
