using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace CloudStream.Http.Transport;

/// <summary>
/// What a connection knows of whose turn it is: the client's, while a request's head is still to come, or the application's. Belongs to
/// whoever serves the connection.
/// </summary>
internal sealed class RequestTurn
{
    private bool _isServing;
    private bool _mayHaveRest;

    /// <summary>Whether something of the next request's head has come.</summary>
    public bool HasHead { get; private set; }

    // Not known, and so not said, after a request whose body may not have been read to its end.
    private bool IsHeadExpected => !_isServing && !_mayHaveRest;

    /// <summary>Something was read, or nothing.</summary>
    public void Read(bool hasBytes) => HasHead = IsHeadExpected && (HasHead || hasBytes);

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
