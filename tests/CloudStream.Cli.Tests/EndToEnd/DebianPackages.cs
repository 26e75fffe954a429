using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace CloudStream.Cli.Tests.EndToEnd;

/// <summary>The machine's own Debian package index as events: one per package, keyed by its name.</summary>
internal static class DebianPackages
{
    /// <summary>Key and value of each event in index order; empty where the machine has no index.</summary>
    public static async Task<List<(string Key, string Value)>> ReadAsync()
    {
        var events = new List<(string, string)>();
        Process? apt;
        try
        {
            apt = Process.Start(
                new ProcessStartInfo("apt-cache", ["dumpavail"]) { RedirectStandardOutput = true, StandardOutputEncoding = Encoding.UTF8 });
        }
        catch (Win32Exception)
        {
            return events;
        }

        using (apt)
        {
            var paragraph = new List<string>();
            while (await apt!.StandardOutput.ReadLineAsync() is { } line)
            {
                if (line.Length > 0)
                    paragraph.Add(line);
                else if (paragraph.Count > 0)
                    events.Add(Event(paragraph));
            }

            if (paragraph.Count > 0)
                events.Add(Event(paragraph));
        }

        return events;
    }

    public static byte[] ToNdjson(IEnumerable<(string Key, string Value)> events)
    {
        var text = new StringBuilder();
        foreach ((string key, string value) in events)
            text.Append("{\"key\":").Append(JsonSerializer.Serialize(key)).Append(",\"value\":").Append(value).Append("}\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static (string Key, string Value) Event(List<string> paragraph)
    {
        var fields = new List<KeyValuePair<string, string>>();
        foreach (string line in paragraph)
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (line[0] is ' ' or '\t' || colon < 0)
                fields[^1] = new(fields[^1].Key, $"{fields[^1].Value}\n{line}");
            else
                fields.Add(new(line[..colon], line[(colon + 1)..].TrimStart()));
        }

        paragraph.Clear();
        string value = "{" + string.Join(
            ',', fields.Select(f => $"{JsonSerializer.Serialize(f.Key)}:{JsonSerializer.Serialize(f.Value)}")) + "}";
        return (fields.First(f => f.Key == "Package").Value, value);
    }
}
