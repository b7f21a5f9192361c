DEVIATIONS = {}


def readme():
    return ""
