namespace CloudStream.Cluster.Settings;

/// <summary>The type of a setting's value, in Kafka's words.</summary>
public enum SettingType
{
    /// <summary><c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary>A 32-bit integer.</summary>
    Int,

    /// <summary>A 64-bit integer.</summary>
    Long,

    /// <summary>A decimal number.</summary>
    Double,

    /// <summary>One word of a set.</summary>
    String,

    /// <summary>Words separated by commas.</summary>
    List,
}
