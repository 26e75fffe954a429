using CloudStream.Http.Requests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace CloudStream.Http.Transport;

/// <summary>Lets connections know when the application has a request, before anything else of it sees one.</summary>
internal sealed class RequestTurnStartup : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(RequestTurn.ServeAsync);
        next(app);
    };
}
