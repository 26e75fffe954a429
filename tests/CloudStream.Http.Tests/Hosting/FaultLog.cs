using System.Collections.Concurrent;
using CloudStream.Http.Face;
using Microsoft.Extensions.Logging;

namespace CloudStream.Http.Tests.Hosting;

/// <summary>Keeps what is logged as an error or worse, or from another level on.</summary>
public sealed class FaultLog(LogLevel from = LogLevel.Error) : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _lines = [];

    public IReadOnlyCollection<string> Lines => _lines;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= from;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            _lines.Enqueue($"{formatter(state, exception)} {exception}");
    }
}
