namespace CloudStream.Http.Requests;

/// <summary>Quotes what a client sent without sending all of it back.</summary>
internal static class Excerpt
{
    private const int MaxChars = 80;

    public static string Of(string text) => text.Length <= MaxChars ? text : string.Concat(text.AsSpan(0, MaxChars), "…");
}
