using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace CloudStream.Http.Requests;

/// <summary>
/// What a connection knows of whose turn it is: the client's, while a request's head or body is still to come, or the application's. Used
/// by whoever serves the connection, and by the server where it reads bodies.
/// </summary>
internal sealed class RequestTurn
{
    private volatile bool _isServing;
    private volatile bool _mayHaveRest;
    private volatile bool _isCut;

    /// <summary>Whether something of the next request's head has come.</summary>
    public bool HasHead { get; private set; }

    /// <summary>
    /// Whether what comes belongs to the body of a request, of the one being served or of one that was answered before its body was read.
    /// After one whose body was not read to its end it is not known, and said all the same.
    /// </summary>
    public bool MayBeInBody => _mayHaveRest;

    // Not known, and so not said, after a request whose body may not have been read to its end.
    private bool IsHeadExpected => !_isServing && !_mayHaveRest;

    /// <summary>Something was read, or nothing.</summary>
    public void Read(bool hasBytes) => HasHead = IsHeadExpected && (HasHead || hasBytes);

    /// <summary>The client has closed its sending half in the middle of a body.</summary>
    public void Cut() => _isCut = true;

    /// <summary>The body of the request was read to its end.</summary>
    public static void EndBody(HttpContext context)
    {
        if (context.Features.Get<RequestTurn>() is { } turn)
            turn._mayHaveRest = false;
    }

    /// <summary>Whether the reading of the request's body ended because its sender has closed in the middle of it.</summary>
    public static bool IsCut(HttpContext context) => context.Features.Get<RequestTurn>() is { _isCut: true };

    /// <summary>Serves a request, on a connection that wants to know.</summary>
    public static async Task ServeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<RequestTurn>() is not { } turn)
        {
            await next(context);
            return;
        }

        (turn._isServing, turn.HasHead) = (true, false);
        turn._mayHaveRest = context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? true;
        try
        {
            await next(context);
        }
        finally
        {
            turn._isServing = false;
        }
    }
}
