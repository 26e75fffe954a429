namespace CloudStream.Kafka.Requests;

/// <summary>How requests of one connection may overlap. Answers go out in the order of the requests in any case.</summary>
internal enum RequestOrder
{
    /// <summary>
    /// Begins when what was appended before it is settled, and ends before the next one begins, as all requests do in Kafka: a client that
    /// sends two at once sees the effect of the first in the second.
    /// </summary>
    InTurn,

    /// <summary>Later requests begin while it waits: produce, whose order is decided when it begins, and what may wait long.</summary>
    Alongside,
}
