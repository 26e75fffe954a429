using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace CloudStream.Log.Runtime;

/// <summary>What the engine takes from outside: time, randomness, logs, metrics. The simulation passes its own.</summary>
/// <param name="Time">Clock and timers.</param>
/// <param name="Random">Randomness.</param>
/// <param name="Loggers">Where logs go.</param>
/// <param name="Meter">Where the engine's instruments hang.</param>
public sealed record BrokerRuntime(TimeProvider Time, RandomSource Random, ILoggerFactory Loggers, Meter Meter);
