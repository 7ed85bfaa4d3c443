namespace TinyHost.Tests;

public sealed class ServerNameTableTests
{
    [Theory]
    [InlineData(null, "first")]
    [InlineData("", "first")]
    [InlineData("other.example", "first")]
    [InlineData("shop.example", "shop")]
    [InlineData("SHOP.Example", "shop")]
    [InlineData("a.shop.example", "wild")]
    [InlineData("www.shop.example", "www")]
    [InlineData("a.b.shop.example", "first")]
    [InlineData(".shop.example", "first")]
    [InlineData("example", "first")]
    public void A_name_is_answered_by_the_closest_entry(string? name, string expected)
    {
        var table = new ServerNameTable<string>("first");
        table.Add("*.shop.example", "wild");
        table.Add("shop.example.", "shop");
        table.Add("www.shop.example", "www");
        table.Add("www.SHOP.example", "too late");
        Assert.Equal(expected, table.Find(name));
    }
}
