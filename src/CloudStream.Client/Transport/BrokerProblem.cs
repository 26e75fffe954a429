using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace CloudStream.Client.Transport;

/// <summary>Turns failed replies and broken connections into the SDK's exceptions: the one place where their meaning is decided.</summary>
internal static class BrokerProblem
{
    private static readonly Dictionary<string, ErrorCode> Codes = NamesOfCodes();

    /// <summary>From a reply whose status is no success; its body is a problem document, or, from a proxy, anything.</summary>
    public static async Task<CloudStreamException> FromReplyAsync(HttpResponseMessage reply, CancellationToken cancellationToken)
    {
        ProblemDocument? problem = null;
        try
        {
            if (reply.Content.Headers.ContentType?.MediaType is "application/problem+json" or "application/json")
            {
                var body = await reply.Content.ReadAsByteArrayAsync(cancellationToken);
                problem = JsonSerializer.Deserialize(body, DocumentContext.Default.ProblemDocument);
            }
        }
        catch (Exception e) when (e is JsonException or HttpRequestException or IOException)
        {
            // The status alone must do.
        }

        var status = (int)reply.StatusCode;
        var code = problem?.Code is { } name && Codes.TryGetValue(name, out var known) ? known : FromStatus(status);
        return new CloudStreamException(code, Sentence(reply, problem))
        {
            HttpStatus = status,
            Detail = problem?.Detail,
            IsRetriable = IsRetriable(code, status),
            MayHaveHappened = MayHaveHappened(code, status, problem),
            RetryAfter = RetryAfter(reply, problem),
            LogStartOffset = problem?.LogStartOffset,
            HighWatermark = problem?.HighWatermark,
            EndOffset = problem?.EndOffset,
            Coordinator = problem?.Coordinator?.Url,
        };
    }

    /// <summary>From an exception of the transport.</summary>
    /// <param name="e">What was thrown.</param>
    /// <param name="server">Where the request went.</param>
    /// <param name="wasSent">Whether the request may have reached the broker.</param>
    public static CloudStreamException FromTransport(Exception e, Uri server, bool wasSent)
    {
        // A connection that took too long is reported as a cancellation.
        var isConnect = e is OperationCanceledException { InnerException: TimeoutException } or HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError,
        };
        return isConnect
            ? new CloudStreamException(ErrorCode.ConnectionFailed, $"No connection to {server}: {Innermost(e)}", e) { IsRetriable = true }
            : new CloudStreamException(ErrorCode.ReplyLost, $"The reply of {server} was lost: {Innermost(e)}", e)
            {
                IsRetriable = true,
                MayHaveHappened = wasSent,
            };
    }

    public static CloudStreamException TimedOut(Uri server, TimeSpan timeout, bool wasSent) =>
        new(ErrorCode.ReplyLost, $"{server} did not answer within {timeout.TotalSeconds:0.###} s.")
        {
            IsRetriable = true,
            MayHaveHappened = wasSent,
        };

    public static CloudStreamException Nonsense(Uri address, string what, Exception? e = null) =>
        new(ErrorCode.InvalidReply, $"The reply of {address} is not one of a CloudStream broker: {what}", e) { MayHaveHappened = true };

    // The framework adds the name of its own code to some of its sentences.
    private static string Innermost(Exception e) => e.GetBaseException() is HttpIOException own
        ? own.Message.Replace($" ({own.HttpRequestError})", "", StringComparison.Ordinal)
        : e.GetBaseException().Message;

    private static string Sentence(HttpResponseMessage reply, ProblemDocument? problem) =>
        problem?.Detail ?? problem?.Title ?? $"The broker answered {$"{(int)reply.StatusCode} {reply.ReasonPhrase}".TrimEnd()}.";

    private static bool IsRetriable(ErrorCode code, int status) => code switch
    {
        ErrorCode.Overloaded or ErrorCode.StoreUnavailable or ErrorCode.OutcomeUnknown or ErrorCode.ShuttingDown => true,
        ErrorCode.NotWritable or ErrorCode.ShardUnreadable => true,
        ErrorCode.NotCoordinator or ErrorCode.CoordinatorUnavailable or ErrorCode.CoordinatorLoading or ErrorCode.UnstableOffset => true,
        ErrorCode.InvalidReply => status is 408 or 425 or 429 or 500 or 502 or 503 or 504,
        _ => false,
    };

    // A proxy's 5xx says nothing about what the broker did; the broker's own codes do.
    private static bool MayHaveHappened(ErrorCode code, int status, ProblemDocument? problem) =>
        code == ErrorCode.OutcomeUnknown || (problem?.Code is null && status is >= 500 and not 503);

    private static TimeSpan? RetryAfter(HttpResponseMessage reply, ProblemDocument? problem)
    {
        if (problem?.RetryAfterMs is { } milliseconds and >= 0 and <= int.MaxValue)
            return TimeSpan.FromMilliseconds(milliseconds);
        return reply.Headers.RetryAfter?.Delta;
    }

    private static ErrorCode FromStatus(int status) => status switch
    {
        400 or 404 or 405 or 406 or 411 or 414 or 415 or 431 => ErrorCode.InvalidRequest,
        413 => ErrorCode.MessageTooLarge,
        429 => ErrorCode.Overloaded,
        503 => ErrorCode.StoreUnavailable,
        _ => ErrorCode.InvalidReply,
    };

    private static Dictionary<string, ErrorCode> NamesOfCodes()
    {
        var names = new Dictionary<string, ErrorCode>(StringComparer.Ordinal);
        foreach (var code in Enum.GetValues<ErrorCode>())
        {
            // What arises in the client is never on the wire.
            if (code is > ErrorCode.None and < ErrorCode.ConnectionFailed)
                names[Kebab(code.ToString())] = code;
        }

        return names;
    }

    private static string Kebab(string name)
    {
        var kebab = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c) && kebab.Length > 0)
                kebab.Append('-');
            kebab.Append(char.ToLower(c, CultureInfo.InvariantCulture));
        }

        return kebab.ToString();
    }
}
