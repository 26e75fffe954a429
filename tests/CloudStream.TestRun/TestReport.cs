using System.Xml.Linq;

namespace CloudStream.TestRun;

/// <summary>The report that a test executable writes when it has come to its end.</summary>
internal static class TestReport
{
    /// <summary>Null when there is no whole report: the process died before its end.</summary>
    public static XElement? TryRead(string path)
    {
        try
        {
            return XDocument.Load(path).Root;
        }
        catch (Exception e) when (e is IOException or System.Xml.XmlException)
        {
            return null;
        }
    }

    public static TestTotals Print(XElement report)
    {
        int passed = 0, failed = 0, skipped = 0;
        foreach (XElement test in report.Descendants("test"))
        {
            switch ((string?)test.Attribute("result"))
            {
                case "Pass":
                    passed++;
                    break;
                case "Skip":
                    skipped++;
                    Console.WriteLine($"  skipped: {Name(test)}: {(string?)test.Element("reason")}");
                    break;
                case "NotRun":
                    break;
                default:
                    failed++;
                    PrintFailure($"FAILED: {Name(test)}", test.Element("failure"));
                    break;
            }
        }

        // Errors outside a test: a fixture that could not be cleaned up, a class that could not be made.
        foreach (XElement error in report.Descendants("error"))
        {
            failed++;
            PrintFailure($"FAILED: {(string?)error.Attribute("type")} {(string?)error.Attribute("name")}", error.Element("failure"));
        }

        return new TestTotals(passed, failed, skipped);
    }

    private static void PrintFailure(string title, XElement? failure)
    {
        Console.WriteLine($"  {title}");
        foreach (string? text in new[] { (string?)failure?.Element("message"), (string?)failure?.Element("stack-trace") })
        {
            foreach (string line in text?.Split('\n').Take(60) ?? [])
                Console.WriteLine($"      {line.TrimEnd()}");
        }

        XElement? output = failure?.Parent?.Element("output");
        foreach (string line in ((string?)output)?.Split('\n').TakeLast(60) ?? [])
            Console.WriteLine($"      | {line.TrimEnd()}");
    }

    private static string? Name(XElement test) => (string?)test.Attribute("name");
}
