using System.Text;
using System.Text.Json;

namespace CloudStream.Http.Tests.Fuzz;

/// <summary>What came back; the body is empty where the connection was closed before its end.</summary>
public sealed record RawReply(int Status, string ContentType, byte[] Body, bool IsWhole)
{
    public override string ToString() => $"{Status} {ContentType} {Encoding.UTF8.GetString(Body)}";

    /// <summary>Nothing that the server should be ashamed of: no fault of its own, and every body is what it says it is.</summary>
    public string? Objection()
    {
        if (Status is < 200 or >= 500)
            return "a status that blames the server";
        try
        {
            if (IsWhole && ContentType.Contains("json", StringComparison.Ordinal)
                && !ContentType.Contains("ndjson", StringComparison.Ordinal))
                JsonDocument.Parse(Body).Dispose();
            else if (IsWhole && ContentType.Contains("ndjson", StringComparison.Ordinal))
                Array.ForEach(Encoding.UTF8.GetString(Body).Split('\n', StringSplitOptions.RemoveEmptyEntries),
                    line => JsonDocument.Parse(line).Dispose());
            return Status >= 400 && Body.Length > 0
                && ContentType != "application/problem+json" ? "an error that is no problem document" : null;
        }
        catch (JsonException)
        {
            return "a body that is not JSON";
        }
    }
}
