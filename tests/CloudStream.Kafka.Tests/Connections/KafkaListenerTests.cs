using System.Net;
using System.Net.Sockets;

namespace CloudStream.Kafka.Tests.Connections;

public sealed class KafkaListenerTests
{
    [Fact]
    public void An_address_that_is_bound_is_taken_before_the_server_runs()
    {
        using var first = KafkaListener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.NotEqual(0, first.EndPoint.Port);
        var refused = Assert.Throws<SocketException>(() => KafkaListener.Bind(first.EndPoint));
        Assert.Equal(SocketError.AddressAlreadyInUse, refused.SocketErrorCode);
    }

    [Fact]
    public void An_address_is_free_again_when_no_server_took_it_over()
    {
        var first = KafkaListener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        first.Dispose();
        using var second = KafkaListener.Bind(first.EndPoint);
        Assert.Equal(first.EndPoint, second.EndPoint);
    }
}
