using System.Text.Json;
using CloudStream.Log.Calls;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Problems;

/// <summary>Why a request failed, as <c>application/problem+json</c> (RFC 9457) says it. Immutable.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Kebab-case code; the problem's type ends in it.</param>
/// <param name="Title">The same for every problem of this code.</param>
/// <param name="Detail">What, where and the limit. Never text of an exception.</param>
internal sealed record Problem(int Status, string Code, string Title, string Detail)
{
    public const string ContentType = "application/problem+json";

    private const string TypePrefix = "https://cloudstream.dev/problems/";
    private const int DefaultRetryAfterMs = 1000;

    /// <summary>Milliseconds until a retry makes sense; 0 where a retry as it is does not help.</summary>
    public int RetryAfterMs { get; init; }

    /// <summary>Value of the <c>Allow</c> header for 405.</summary>
    public string? Allow { get; init; }

    /// <summary>Value of the <c>Location</c> header: where the request should go instead.</summary>
    public string? Location { get; init; }

    /// <summary>Whether nothing more is read on the connection after it.</summary>
    public bool EndsConnection { get; init; }

    /// <summary>Writes further members into the problem object.</summary>
    public Action<Utf8JsonWriter>? Members { get; init; }

    public static Problem From(ErrorCode error, string? detail = null, int retryAfterMs = 0)
    {
        var mapping = ErrorTable.Get(error);
        var retriable = error is ErrorCode.Overloaded or ErrorCode.StoreUnavailable or ErrorCode.ShuttingDown or ErrorCode.OutcomeUnknown
            or ErrorCode.NotWritable or ErrorCode.ShardUnreadable;
        var outcome = error is ErrorCode.StoreUnavailable or ErrorCode.ShuttingDown or ErrorCode.NotWritable or ErrorCode.ShardUnreadable
            ? "; nothing was changed."
            : ".";
        return new Problem(mapping.Status, mapping.Code, mapping.Title, detail ?? mapping.Title + outcome)
        {
            RetryAfterMs = !retriable ? 0 : retryAfterMs > 0 ? retryAfterMs : DefaultRetryAfterMs,
        };
    }

    public static Problem Invalid(string detail) => From(ErrorCode.InvalidRequest, detail);

    public static Problem UnknownTopic(string topic) => From(ErrorCode.UnknownTopic, $"There is no topic \"{topic}\".");

    public static Problem UnknownPartition(string topic, long partition, int count) =>
        From(ErrorCode.UnknownPartition,
            $"Topic \"{topic}\" has {count} partitions (0 to {count - 1}); there is no partition {partition}.");

    public static Problem OffsetOutOfRange(string? detail, long logStartOffset, long highWatermark) =>
        From(ErrorCode.OffsetOutOfRange, detail) with
        {
            Members = json =>
            {
                json.WriteNumber("logStartOffset", logStartOffset);
                json.WriteNumber("highWatermark", highWatermark);
            },
        };

    public static Problem NotAcceptable(string supported) =>
        new(StatusCodes.Status406NotAcceptable, "not-acceptable", "No representation that the client accepts",
            $"This resource can be had as: {supported}.");

    public static Problem UnsupportedMediaType(string detail) =>
        new(StatusCodes.Status415UnsupportedMediaType, "unsupported-media-type", "The content type is not supported", detail);

    public static Problem RequestTooLarge(long limitBytes) =>
        new(StatusCodes.Status413PayloadTooLarge, "request-too-large", "The request body is too large",
            $"The limit for this request's body is {limitBytes} bytes.");

    /// <summary>
    /// What a broken producer wrote under a right checksum is no fault of the store, and there only is no such representation of it.
    /// </summary>
    public static Problem Undecodable(string detail) =>
        new(StatusCodes.Status406NotAcceptable, "undecodable", "A record batch cannot be decoded", detail);

    public static Problem Internal() =>
        new(StatusCodes.Status500InternalServerError, "internal", "The broker failed", "The broker met a defect; its log says more.");

    /// <summary>Writes the problem as a JSON object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        WriteMembers(json);
        json.WriteEndObject();
    }

    /// <summary>Writes the problem's members into the object that has been begun.</summary>
    public void WriteMembers(Utf8JsonWriter json)
    {
        json.WriteString("type", TypePrefix + Code);
        json.WriteString("title", Title);
        json.WriteNumber("status", Status);
        json.WriteString("detail", Detail);
        json.WriteString("code", Code);
        if (RetryAfterMs > 0)
            json.WriteNumber("retryAfterMs", RetryAfterMs);
        Members?.Invoke(json);
    }
}
