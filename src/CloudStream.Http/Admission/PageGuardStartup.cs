using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace CloudStream.Http.Admission;

/// <summary>Puts the guard before everything else of the application, so that no address can be forgotten.</summary>
internal sealed class PageGuardStartup(PageGuard guard) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(guard.HandleAsync);
        next(app);
    };
}
