module httpclient-probe

go 1.19
