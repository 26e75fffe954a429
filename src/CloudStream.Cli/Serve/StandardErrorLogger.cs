using System.Globalization;
using Microsoft.Extensions.Logging;

namespace CloudStream.Cli.Serve;

/// <summary>
/// Logs as one line each on standard error: time, level, category, message. Standard output stays for what the command prints.
/// </summary>
internal sealed class StandardErrorLogger(TimeProvider time) : ILoggerProvider
{
    private readonly Lock _lock = new();

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    public void Dispose()
    {
    }

    private void Write(string line)
    {
        lock (_lock)
            Console.Error.WriteLine(line);
    }

    private sealed class Category(StandardErrorLogger owner, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            string now = owner.Now();
            string failure = exception is null ? "" : $" | {exception}".ReplaceLineEndings(" ");
            owner.Write($"{now} {Level(logLevel)} {name}[{eventId.Id}] {formatter(state, exception)}{failure}");
        }

        private static string Level(LogLevel level) => level switch
        {
            LogLevel.Critical => "crit",
            LogLevel.Error => "error",
            LogLevel.Warning => "warn",
            LogLevel.Information => "info",
            _ => "debug",
        };
    }

    private string Now() => time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
