// Owns: tests of the variables by which systemd passes sockets.

namespace TinyHost.Tests;

public sealed class SystemdSocketsTests
{
    private const int Own = 4711;

    [Theory]
    [InlineData("2", "web:metrics", "web,metrics")]
    [InlineData("2", "unknown:", "-,-")]
    [InlineData("2", null, "-,-")]
    [InlineData("1", "app.socket", "app.socket")]
    [InlineData("0", null, "")]
    public void Each_descriptor_has_a_name_or_none(string fds, string? names, string expected)
    {
        Assert.Equal(expected, Read(fds, out var warning, names: names));
        Assert.Null(warning);
    }

    [Theory]
    [InlineData("2", "4712", null, "the sockets were passed to process 4712, and this is process 4711")]
    [InlineData("2", null, null, "the sockets were passed to process unknown (LISTEN_PID is missing), and this is process 4711")]
    [InlineData("2", "4711", "99", "the sockets were passed to process 4711, and this is process 4711")]
    [InlineData("-1", "4711", null, "it is '-1', not a number of sockets up to 1024")]
    [InlineData("x", "4711", null, "it is 'x', not a number")]
    [InlineData("2000000000", "4711", null, "it is '2000000000', not a number of sockets")]
    public void Variables_for_another_process_or_that_cannot_be_read_are_ignored_with_a_warning(
        string fds, string? pid, string? id, string why)
    {
        Assert.Equal("", Read(fds, out var warning, pid, id));
        Assert.StartsWith($"Ignoring LISTEN_FDS: {why}", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_do_not_fit_the_descriptors_are_ignored_with_a_warning()
    {
        Assert.Equal("-,-", Read("2", out var warning, names: "web"));
        Assert.Equal("Ignoring LISTEN_FDNAMES: it has 1 names, and there are 2 sockets (LISTEN_FDS).", warning);
    }

    [Fact]
    public void The_identity_of_the_process_counts_where_the_system_knows_it()
    {
        Assert.Equal("-", Read("1", out _, id: "77"));
        Assert.Equal("-", Read("1", out _, id: "99", ownId: null));
    }

    private static string Read(
        string fds, out string? warning, string? pid = "4711", string? id = null, string? names = null, ulong? ownId = 77)
    {
        var variables = new Dictionary<string, string?>
        {
            ["LISTEN_FDS"] = fds,
            ["LISTEN_PID"] = pid,
            ["LISTEN_PIDFDID"] = id,
            ["LISTEN_FDNAMES"] = names,
        };
        return string.Join(',', SystemdSockets.Read(name => variables[name], Own, () => ownId, out warning).Select(name => name ?? "-"));
    }
}
