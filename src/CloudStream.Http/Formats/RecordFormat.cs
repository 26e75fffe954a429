using System.Diagnostics;
using CloudStream.Http.Requests;
using CloudStream.Http.Transport;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Formats;

/// <summary>The output formats of records. One is chosen once per request, from its <c>Accept</c> header.</summary>
/// <param name="ContentType">Media type.</param>
/// <param name="IsEndless">Whether an answer in this format has no end even where others are one page.</param>
/// <param name="HasIds">Whether every record has an id, asked for or not.</param>
internal sealed record RecordFormat(string ContentType, bool IsEndless = false, bool HasIds = false)
{
    /// <summary>One object with an array of records, and where the log stands.</summary>
    public static readonly RecordFormat Json = new(MediaTypes.Json);

    /// <summary>One record a line.</summary>
    public static readonly RecordFormat Ndjson = new(MediaTypes.Ndjson);

    /// <summary>Server-sent events, a record each.</summary>
    public static readonly RecordFormat Events = new(MediaTypes.EventStream, IsEndless: true, HasIds: true);

    /// <summary>The format that the client likes best; the first one without a preference.</summary>
    public static RecordFormat Choose(HttpRequest request, params ReadOnlySpan<RecordFormat> supported)
    {
        var types = new string[supported.Length];
        for (var i = 0; i < types.Length; i++)
            types[i] = supported[i].ContentType;
        return supported[Array.IndexOf(types, Accept.Choose(request, types))];
    }

    /// <summary>A writer for the answer, whose content type it sets.</summary>
    public IRecordWriter Open(HttpResponse response, ByteFormat keyFormat, ByteFormat valueFormat)
    {
        response.ContentType = ContentType;
        var records = new RecordJson(keyFormat, valueFormat);
        return ContentType switch
        {
            MediaTypes.Json => new JsonRecordWriter(response.BodyWriter, records),
            MediaTypes.Ndjson => new NdjsonRecordWriter(response.BodyWriter, records, HalfClose.Of(response.HttpContext)),
            MediaTypes.EventStream => new EventRecordWriter(response.BodyWriter, records),
            _ => throw new UnreachableException(ContentType),
        };
    }
}
