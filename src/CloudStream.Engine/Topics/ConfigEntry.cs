namespace CloudStream.Engine.Topics;

/// <summary>One setting of a topic or broker as it is in force.</summary>
/// <param name="Name">Kafka's name.</param>
/// <param name="Value">The value in force.</param>
/// <param name="IsDefault">Whether nobody set it.</param>
/// <param name="Doc">What it does, its unit and range.</param>
public sealed record ConfigEntry(string Name, string Value, bool IsDefault, string Doc);
