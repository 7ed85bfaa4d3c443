namespace TinyHost.Tests;

public sealed class PreparationTests
{
    [Fact]
    public void Making_options_begins_to_load_what_a_server_needs()
    {
        _ = new ServerOptions();
        Assert.True(Preparation.HasBegun);
    }
}
