using CloudStream.Http.Requests;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Tail;

/// <summary>Where a client says what it saw last: browsers in the header, which is newer than what stands in the address.</summary>
internal static class LastEventId
{
    public const string Header = "Last-Event-ID";
    public const string Parameter = "lastEventId";

    /// <summary>The id; null where the client begins anew.</summary>
    public static string? Read(QueryReader query, HttpRequest request) =>
        request.Headers[Header] is [{ Length: > 0 } header] ? header : query.Text(Parameter);
}
