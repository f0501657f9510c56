"""An error whose author gave it no message."""


class Settings:
    def __init__(self, **values):
        self.values = values

    def __getattr__(self, name):
        if name not in self.values:
            raise AttributeError
        return self.values[name]


settings = Settings(host="example.org")
print(settings.host, settings.port)
