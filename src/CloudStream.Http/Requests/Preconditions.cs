using CloudStream.Http.Problems;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Requests;

/// <summary>
/// Conditions that the client makes its request depend on. One that were passed over would do what the client did not want, so where it
/// means nothing the request is refused.
/// </summary>
internal static class Preconditions
{
    // A read without entity tags and dates is answered whatever If-None-Match, If-Modified-Since and If-Range say (RFC 9110, 13.2).
    private static readonly string[] s_ofReads = ["If-Match", "If-Unmodified-Since"];

    private static readonly string[] s_ofChanges =
    [
        .. s_ofReads, "If-None-Match", "Content-Range",
        ConditionHeaders.ProducerIdName, ConditionHeaders.ProducerEpochName, ConditionHeaders.SequenceName,
    ];

    /// <summary>Refuses every condition but those that the operation knows.</summary>
    /// <param name="known">Headers that the operation reads.</param>
    /// <param name="request">The request.</param>
    public static void RefuseAllBut(string[] known, HttpRequest request)
    {
        foreach (var name in HttpMethods.IsGet(request.Method) ? s_ofReads : s_ofChanges)
        {
            if (request.Headers.ContainsKey(name) && Array.IndexOf(known, name) < 0)
                throw new RequestRejectedException(Complaint(name, known));
        }
    }

    private static string Complaint(string name, string[] known) =>
        $"The header {name} means nothing here, and a condition that is passed over protects nobody; "
        + (Array.IndexOf(known, "If-Match") >= 0
            ? "If-Match with an offset in double quotes says where the log must end."
            : "send the request without it.");
}
