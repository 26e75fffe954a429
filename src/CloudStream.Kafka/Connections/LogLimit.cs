using CloudStream.Kafka.Face;
using Microsoft.Extensions.Logging;

namespace CloudStream.Kafka.Connections;

/// <summary>Keeps clients from filling the log: a few lines in each window, and how many were left out. Thread-safe.</summary>
internal sealed class LogLimit(ILogger log, TimeProvider time)
{
    private const int LinesPerWindow = 20;
    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private long _windowBegan = time.GetTimestamp();
    private long _lines;

    /// <summary>Whether one more line may be written.</summary>
    public bool Take()
    {
        long leftOut = 0;
        bool isTaken;
        lock (_lock)
        {
            if (time.GetElapsedTime(_windowBegan) >= s_window)
            {
                leftOut = Math.Max(0, _lines - LinesPerWindow);
                (_windowBegan, _lines) = (time.GetTimestamp(), 0);
            }

            isTaken = ++_lines <= LinesPerWindow;
        }

        if (leftOut > 0)
            KafkaLog.LeftOut(log, leftOut, s_window);
        return isTaken;
    }
}
